"""The mistakes of one record: wrong answers, confused classes and the hardest pairs, as text, PNG or HTML."""
