"""The jobs that make a reader a customer: session, registration, documents."""
