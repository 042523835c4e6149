/**
 * The closed table of everything that can go wrong for a user. A caller narrows with
 * `isToolError(error, "INVALID_FILE")`; exit codes follow sysexits.h.
 */
export const ERROR_CODES = {
  USAGE: {
    exit: 64,
    grpc: "INVALID_ARGUMENT",
    http: 400,
    meaning:
      "The command line is wrong: unknown option, missing argument, value of the wrong type.",
  },
  INVALID_FILE: {
    exit: 65,
    grpc: "INVALID_ARGUMENT",
    http: 400,
    meaning: "A file is not what it should be: corrupt, cut short, hostile, or of another format.",
  },
  INVALID_CONFIG: {
    exit: 65,
    grpc: "INVALID_ARGUMENT",
    http: 400,
    meaning:
      "A configuration in a checkpoint, archive or repository has a wrong or contradicting value.",
  },
  INVALID_GRAPH: {
    exit: 65,
    grpc: "INVALID_ARGUMENT",
    http: 400,
    meaning: "The parts of a graph do not fit: shapes, types or names.",
  },
  INVALID_REQUEST: {
    exit: 65,
    grpc: "INVALID_ARGUMENT",
    http: 400,
    meaning: "A request to the server is wrong: bad audio, missing configuration, wrong tensor.",
  },
  LIMIT_EXCEEDED: {
    exit: 65,
    grpc: "RESOURCE_EXHAUSTED",
    http: 413,
    meaning: "The input exceeds a limit that protects against hostile files or requests.",
  },
  NOT_FOUND: {
    exit: 66,
    grpc: "NOT_FOUND",
    http: 404,
    meaning: "An input file, folder or model does not exist.",
  },
  UNSUPPORTED_ARCHITECTURE: {
    exit: 69,
    grpc: "UNIMPLEMENTED",
    http: 501,
    meaning: "No converter knows this model class or this variant of it.",
  },
  UNSUPPORTED: {
    exit: 69,
    grpc: "UNIMPLEMENTED",
    http: 501,
    meaning: "A valid wish that this version does not fulfil.",
  },
  UNAVAILABLE: {
    exit: 69,
    grpc: "UNAVAILABLE",
    http: 503,
    meaning:
      "Something needed at run time is missing: an optional package, a free port, a ready model.",
  },
  OUTPUT_EXISTS: {
    exit: 73,
    grpc: "ALREADY_EXISTS",
    http: 409,
    meaning: "The output exists and -f was not given.",
  },
  CANNOT_WRITE: {
    exit: 73,
    grpc: "INTERNAL",
    http: 500,
    meaning: "Writing failed: disk full, no permission, read-only file system.",
  },
  NO_PERMISSION: {
    exit: 77,
    grpc: "PERMISSION_DENIED",
    http: 403,
    meaning: "A key is missing or wrong, or reading is not permitted.",
  },
  CANCELLED: {
    exit: 130,
    grpc: "CANCELLED",
    http: 499,
    meaning: "The user or the peer asked to stop.",
  },
} as const satisfies Record<string, ErrorCodeRow>;

interface ErrorCodeRow {
  /** Exit status of a command. */
  readonly exit: number;
  /** gRPC status name. */
  readonly grpc: string;
  /** HTTP status. */
  readonly http: number;
  readonly meaning: string;
}

export type ErrorCode = keyof typeof ERROR_CODES;

/** Exit code of an error without an {@link ErrorCode}: a bug of ours. */
export const EXIT_BUG = 70;
