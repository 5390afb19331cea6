"""Charts as values and as pictures: what is drawn, where its axes lie, and how it reaches a terminal or an SVG."""
