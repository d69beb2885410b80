"""The Lambda functions of Guichet."""

import gc
import os

# In Lambda, until all is made (shared/entry.py): hardly anything becomes garbage meanwhile, and to look for it would
# take a third of a cold start.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()
