-- Run once, when the server's folder is new: the store's own database is made by the image.
CREATE DATABASE mlflow;
