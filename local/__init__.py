"""The bundle on one machine: a local AWS, a sandbox of Twilio's API, and the demo. Nothing of it is deployed.

Start with :mod:`.aws`, which deploys the template into the local AWS; ``twilio_sandbox`` plays Twilio; ``demo`` and
``serve`` are ``make demo`` and ``make local``.
"""
