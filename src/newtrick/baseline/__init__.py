"""The cheap models that an encoder has to beat."""
