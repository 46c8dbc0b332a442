"""The learner's desk: their copies of the notebooks in my/, and the JupyterLab that opens them."""
