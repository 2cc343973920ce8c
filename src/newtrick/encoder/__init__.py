"""A pretrained model and its tokenizer."""
