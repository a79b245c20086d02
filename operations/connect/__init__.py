"""``make connect``: sets where a number or a messaging service sends inbound texts, and puts back what was there."""
