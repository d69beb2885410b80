"""Every job and worker, with every call that it makes of AWS failing in every way."""
