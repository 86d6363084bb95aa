"""The fifth stage, Mail -> Delivery: splicing, transports, the sending loop, bounces."""
