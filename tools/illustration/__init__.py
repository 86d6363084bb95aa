"""The sample newsroom's illustrations, drawn with Pillow and numpy."""
