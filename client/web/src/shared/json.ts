/** A JSON value, such as a trace's metadata. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
