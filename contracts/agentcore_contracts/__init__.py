"""The judge: a catalogue of requirements, a suite that checks a target over the wire, and three-valued verdicts."""
