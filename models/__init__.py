"""What each model is: declarations, codelists, published scores and the forms a model can take."""
