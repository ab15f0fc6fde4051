"""Many fits that belong together: bridge, multiverse, sensitivity, what is left out in turn, calibration."""
