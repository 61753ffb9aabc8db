"""Other people's servers, told what happens here: signed, again and again until they took it."""
