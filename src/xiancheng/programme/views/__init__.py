"""What measures share: facilities chosen by class and filter, residents in an extent, roads as a network, figures."""
