/** How a run ended, as the policies see it. */
export type Termination = { readonly kind: 'completed' } | { readonly kind: 'failed'; readonly error: unknown };

export const COMPLETED: Termination = { kind: 'completed' };
