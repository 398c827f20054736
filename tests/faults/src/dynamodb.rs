//! A DynamoDB in memory: the operations that the functions use, by the wire's own JSON.
