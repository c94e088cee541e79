"""From the forms of the packaged dictionary to the columns of the paper, each with its rule."""
