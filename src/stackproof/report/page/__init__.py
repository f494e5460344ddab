"""What the page shows beside the outcomes: pictures, coverage, waivers, and the data of its script."""
