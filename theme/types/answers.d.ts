// By method and path, what the API answers: build/types/api.d.ts, which `python -m infra.local.scripts` makes, has the routes.

/** A path without its query. */
type Plain<P> = P extends `${infer Path}?${string}` ? Path : P;

type Routed<M, P, R = Api.Route> = R extends [M, infer Q, infer A] ? ([P] extends [Q] ? ([Q] extends [P] ? A : never) : never) : never;

/** What is answered; anything where the path is not known before the script runs. */
type Answer<M, P> = unknown extends P ? any : [Routed<M, Plain<P>>] extends [never] ? any : Routed<M, Plain<P>>;

/** A path of the API's that nobody answers is none to ask. */
type Asked<M, P> = P extends `/api/${string}` ? ([Routed<M, Plain<P>>] extends [never] ? { "nobody answers": M } : P) : P;

/** One item of what is answered page by page. */
type Item<P> = Answer<"GET", P> extends { items: Array<infer I> } ? I : any;
