"""What is let in, for every channel: sizes, forms, rates. Whatever is refused is answered with the safety text."""
