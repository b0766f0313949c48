"""Answer what people ask of an edition: read a query, find and weigh versions, count, mark, line up, chart."""
