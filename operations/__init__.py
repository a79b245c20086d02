"""What operators run against a deployed stack, with their own AWS credentials: ``make doctor``, ``replay``, ``smoke``.

The commands stand outside of the bundle: they read what CloudFormation says of the stack and use the layer's modules
for connections, Twilio and signatures. A command is an iterator of findings; ``command`` tells them, and how it ends.
"""
