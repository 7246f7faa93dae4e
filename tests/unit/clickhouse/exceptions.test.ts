import {
    engineException,
    errors,
    exceptionTrailer,
    httpStatus,
    ServerException,
} from "../../../build/images/clickhouse/server/exceptions";

describe("errors of the engine", () => {
    it("keep their code and name", () => {
        const exception = engineException("Code: 60. DB::Exception: Table default.t does not exist. (UNKNOWN_TABLE)");
        expect(exception).toMatchObject({
            code: 60,
            error: "UNKNOWN_TABLE",
            message: "Table default.t does not exist",
        });
        expect(exception.describe("26.7.2.1")).toBe(
            "Code: 60. DB::Exception: Table default.t does not exist. (UNKNOWN_TABLE) (version 26.7.2.1)",
        );
    });

    it("are told once, however often they were wrapped on their way out", () => {
        const inner = "Code: 73. DB::Exception: Unknown format X. (UNKNOWN_FORMAT) (version 26.7.2.1)";
        const outer = `Code: 73. DB::Exception: ${inner}. (UNKNOWN_FORMAT) (version 26.7.2.1)`;
        expect(engineException(outer).message).toBe("Unknown format X");
    });

    it("of several lines stay whole", () => {
        const text =
            "Code: 27. DB::Exception: Cannot parse input: (at row 2)\n: While executing X. (CANNOT_PARSE_TEXT)";
        expect(engineException(text).message).toBe("Cannot parse input: (at row 2)\n: While executing X");
    });

    it("without a code are told all the same", () => {
        expect(engineException("std::bad_alloc")).toMatchObject({ code: 1001, error: "STD_EXCEPTION" });
    });

    it.each([
        ["UNKNOWN_TABLE", 404],
        ["SYNTAX_ERROR", 400],
        ["AUTHENTICATION_FAILED", 403],
        ["REQUIRED_PASSWORD", 401],
        ["NOT_IMPLEMENTED", 501],
        ["TIMEOUT_EXCEEDED", 408],
        ["TABLE_ALREADY_EXISTS", 500],
        ["READONLY", 500],
    ])("%s has status %i, as on the server", (name, status) => {
        expect(httpStatus(new ServerException(1, name, ""))).toBe(status);
    });

    it("within a result carry their tag and their length, for clients to find them", () => {
        expect(exceptionTrailer("boom\n", "TAG")).toBe("\r\n__exception__\r\nTAG\r\nboom\n5 TAG\r\n__exception__\r\n");
    });

    it("of authentication are the same for a wrong password and an unknown user", () => {
        expect(errors.authentication("x").message).toBe(
            "x: Authentication failed: password is incorrect, or there is no user with such name",
        );
    });
});
