"""Pictures of every screen, taken of a real console before a real server: `python dev.py screenshots`.

`shop` fills a folder with a month of a shop's life · `served` is the server on it, at an hour that is always the same · `scenes` names what is
looked at · `camera` takes the pictures of one look in a process of its own · `__main__` runs them all and writes the page of pictures.
"""
