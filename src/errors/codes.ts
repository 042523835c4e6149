/**
 * The closed table of everything that can go wrong for a user. A caller narrows with
 * `isToolError(error, "INVALID_FILE")`; exit codes follow sysexits.h.
 */
export const ERROR_CODES = {
  /** The command line is wrong: unknown option, missing argument, value of the wrong type. */
  USAGE: { exit: 64, grpc: "INVALID_ARGUMENT", http: 400 },
  /** A file is not what it should be: corrupt, cut short, hostile, or of another format. */
  INVALID_FILE: { exit: 65, grpc: "INVALID_ARGUMENT", http: 400 },
  /** A configuration inside a checkpoint or archive has a wrong or contradicting value. */
  INVALID_CONFIG: { exit: 65, grpc: "INVALID_ARGUMENT", http: 400 },
  /** A graph was built or edited wrongly: shapes, types or names do not fit. */
  INVALID_GRAPH: { exit: 65, grpc: "INVALID_ARGUMENT", http: 400 },
  /** A request to the server is wrong: bad audio, missing configuration, wrong tensor. */
  INVALID_REQUEST: { exit: 65, grpc: "INVALID_ARGUMENT", http: 400 },
  /** A file exceeds a limit that protects against hostile input. */
  LIMIT_EXCEEDED: { exit: 65, grpc: "RESOURCE_EXHAUSTED", http: 413 },
  /** An input file or folder does not exist. */
  NOT_FOUND: { exit: 66, grpc: "NOT_FOUND", http: 404 },
  /** No converter knows this class or this variant of it. */
  UNSUPPORTED_ARCHITECTURE: { exit: 69, grpc: "UNIMPLEMENTED", http: 501 },
  /** A valid wish that this version does not fulfil. */
  UNSUPPORTED: { exit: 69, grpc: "UNIMPLEMENTED", http: 501 },
  /** Something needed at run time is missing: an optional package, a port, a model that loads. */
  UNAVAILABLE: { exit: 69, grpc: "UNAVAILABLE", http: 503 },
  /** The output exists and `-f` was not given. */
  OUTPUT_EXISTS: { exit: 73, grpc: "ALREADY_EXISTS", http: 409 },
  /** Writing failed: disk full, no permission, read-only file system. */
  CANNOT_WRITE: { exit: 73, grpc: "INTERNAL", http: 500 },
  /** A key is missing or wrong, or reading is not permitted. */
  NO_PERMISSION: { exit: 77, grpc: "PERMISSION_DENIED", http: 403 },
  /** The user or the peer asked to stop. */
  CANCELLED: { exit: 130, grpc: "CANCELLED", http: 499 },
} as const satisfies Record<string, { exit: number; grpc: string; http: number }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Exit code of an error that is not a {@link ErrorCode}: a bug of ours. */
export const EXIT_BUG = 70;
