"""What was known of service requests at a moment: the features of event models."""
