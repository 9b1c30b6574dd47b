"""Running the town on one network (一网统管): the rules of cases, none of which needs a database."""
