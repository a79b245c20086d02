"""What operators run against a deployed stack, with their own AWS credentials: ``make doctor``, ``replay``, ``smoke``.

The commands are not part of the bundle: they read what CloudFormation says of the stack, and use the layer's modules
for connections, Twilio and signatures. A command is an iterator of findings; ``command`` reports them and the end.
"""
