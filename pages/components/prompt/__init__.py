"""What is asked: controls, pictures, samples, the request that they make."""
