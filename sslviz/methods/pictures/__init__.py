"""Pictures that several methods share; what a picture shows of one method only is drawn in its own file."""
