"""The local cloud: the whole desk in one process, made from template.yaml, for `make serve` and the tests.

`gateway` answers HTTP: the built site, the API (as API Gateway would), presigned S3 requests and the `/_local` calls.
`functions` runs the handlers, `deliveries` hands them stream records and S3 events, `schedules` what is due.
Behind them `aws` is moto, filled by `resources` from the `template`.

Only here the functions find two more settings in their environment: `AWS_ENDPOINT_URL`, which every AWS client obeys by
itself, and `S3_PUBLIC_ENDPOINT`, which a function gives to the S3 client that it presigns with (path-style addresses):
the browser reaches the store through the gateway, under the site's own origin.
"""
