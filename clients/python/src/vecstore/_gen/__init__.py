"""Messages of the schema, made by npm run gen."""
