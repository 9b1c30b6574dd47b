"""Planning kernels: networks, access, catchments, coverage. Arrays in, arrays out, metres everywhere."""
