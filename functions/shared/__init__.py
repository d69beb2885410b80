"""What every function stands on; it knows no job."""
