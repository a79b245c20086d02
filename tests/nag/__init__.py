"""`make nag`: AWS's rules for templates, by cfn-lint with its serverless rules and by two packs of cdk-nag.

Start at `__main__`. A suppression explains a finding. It is in the template, in the words of its tool and with its
reason: at the resource, or at the top if Globals or SAM decide it for every function. One without a finding fails, too.
"""
