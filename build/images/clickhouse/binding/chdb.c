/* The C interface of libchdb for Node.js, one asynchronous call each.
 *
 * chdb's own binding has no streaming INSERT and no settings per connection. A general foreign-function library does not
 * do: it calls on a stack of its own, and the engine, which measures how deep a query goes on the thread's stack, refuses
 * ("Frame address is greater than stack begin address").
 *
 * Every call that may block runs on libuv's thread pool. A connection runs one statement at a time: the caller keeps calls
 * on one connection apart; only `cancelInsert` may come while an `append` waits.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void *handle;

static struct {
    handle *(*connect)(int, char **);
    void (*close_conn)(handle *);
    handle (*query)(handle, const char *, size_t, const char *, size_t, const char *const *, const size_t *,
                    const char *const *, const size_t *, size_t);
    void (*destroy_result)(handle);
    handle (*insert)(handle, const char *, size_t, const char *, size_t, const char *const *, const size_t *,
                     const char *const *, const size_t *, size_t);
    int (*append)(handle, const void *, size_t);
    handle (*done)(handle);
    void (*cancel_insert)(handle);
    const char *(*insert_error)(handle);
    void (*destroy_insert)(handle);
    char *(*buffer)(handle);
    size_t (*length)(handle);
    const char *(*error)(handle);
    uint64_t (*rows_read)(handle);
    uint64_t (*storage_rows_read)(handle);
    uint64_t (*storage_bytes_read)(handle);
    uint64_t (*rows_written)(handle);
    uint64_t (*bytes_written)(handle);
    void (*shutdown)(void);
} chdb;

static const struct {
    const char *name;
    void *slot;
} SYMBOLS[] = {
    {"chdb_connect", &chdb.connect},
    {"chdb_close_conn", &chdb.close_conn},
    {"chdb_query_with_params_n", &chdb.query},
    {"chdb_destroy_query_result", &chdb.destroy_result},
    {"chdb_stream_insert_with_params_n", &chdb.insert},
    {"chdb_stream_append", &chdb.append},
    {"chdb_stream_done", &chdb.done},
    {"chdb_stream_cancel_insert", &chdb.cancel_insert},
    {"chdb_stream_insert_error", &chdb.insert_error},
    {"chdb_destroy_insert_stream", &chdb.destroy_insert},
    {"chdb_result_buffer", &chdb.buffer},
    {"chdb_result_length", &chdb.length},
    {"chdb_result_error", &chdb.error},
    {"chdb_result_rows_read", &chdb.rows_read},
    {"chdb_result_storage_rows_read", &chdb.storage_rows_read},
    {"chdb_result_storage_bytes_read", &chdb.storage_bytes_read},
    {"chdb_result_rows_written", &chdb.rows_written},
    {"chdb_result_bytes_written", &chdb.bytes_written},
    {"chdb_shutdown", &chdb.shutdown},
};

enum operation { CONNECT, CLOSE, QUERY, INSERT, APPEND, DONE, CANCEL_INSERT };

/* Texts with their lengths, as the interface takes them; each text is also terminated. */
struct texts {
    size_t count;
    char **text;
    size_t *length;
};

struct call {
    enum operation operation;
    napi_async_work work;
    napi_deferred deferred;
    /* Keeps the appended buffer alive. */
    napi_ref pinned;
    handle connection;
    handle subject;
    struct texts words, names, values;
    const void *data;
    size_t data_length;

    handle result;
    char *error;
};

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy != NULL) memcpy(copy, text, size);
    return copy;
}

/* Takes over the error of a result, which goes away with the result. */
static void take_result(struct call *call, handle result)
{
    const char *error = result == NULL ? "the engine gave no result" : chdb.error(result);
    if (error != NULL) {
        call->error = copy_of(error);
        if (result != NULL) chdb.destroy_result(result);
        return;
    }
    call->result = result;
}

static void execute(napi_env env, void *data)
{
    (void)env;
    struct call *call = data;
    const char *const *names = (const char *const *)call->names.text;
    const char *const *values = (const char *const *)call->values.text;
    char **words = call->words.text;
    size_t *lengths = call->words.length;
    switch (call->operation) {
    case CONNECT: {
        handle *connection = chdb.connect((int)call->words.count, words);
        if (connection == NULL)
            call->error = copy_of("the engine refused the connection");
        else
            call->result = connection;
        break;
    }
    case CLOSE:
        chdb.close_conn(call->connection);
        break;
    case QUERY:
        take_result(call, chdb.query(*(handle *)call->connection, words[0], lengths[0], words[1], lengths[1], names,
                                     call->names.length, values, call->values.length, call->names.count));
        break;
    case INSERT: {
        handle stream = chdb.insert(*(handle *)call->connection, words[0], lengths[0], words[1], lengths[1], names,
                                    call->names.length, values, call->values.length, call->names.count);
        const char *error = chdb.insert_error(stream);
        if (error != NULL) {
            call->error = copy_of(error);
            chdb.destroy_insert(stream);
        } else {
            call->result = stream;
        }
        break;
    }
    case APPEND:
        /* A failure is told by `done`, with its reason. */
        call->result = chdb.append(call->subject, call->data, call->data_length) == 0 ? call->subject : NULL;
        break;
    case DONE:
        take_result(call, chdb.done(call->subject));
        chdb.destroy_insert(call->subject);
        break;
    case CANCEL_INSERT:
        chdb.cancel_insert(call->subject);
        chdb.destroy_insert(call->subject);
        break;
    }
}

static void set_number(napi_env env, napi_value object, const char *name, double number)
{
    napi_value value;
    napi_create_double(env, number, &value);
    napi_set_named_property(env, object, name, value);
}

static napi_value counted_result(napi_env env, handle result)
{
    napi_value object, bytes;
    napi_create_object(env, &object);
    size_t length = chdb.length(result);
    napi_create_buffer_copy(env, length, length == 0 ? "" : chdb.buffer(result), NULL, &bytes);
    napi_set_named_property(env, object, "bytes", bytes);
    set_number(env, object, "resultRows", (double)chdb.rows_read(result));
    set_number(env, object, "readRows", (double)chdb.storage_rows_read(result));
    set_number(env, object, "readBytes", (double)chdb.storage_bytes_read(result));
    set_number(env, object, "writtenRows", (double)chdb.rows_written(result));
    set_number(env, object, "writtenBytes", (double)chdb.bytes_written(result));
    chdb.destroy_result(result);
    return object;
}

static void free_texts(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) free(texts->text[i]);
    free(texts->text);
    free(texts->length);
}

static void free_call(napi_env env, struct call *call)
{
    free_texts(&call->words);
    free_texts(&call->names);
    free_texts(&call->values);
    free(call->error);
    if (call->pinned != NULL) napi_delete_reference(env, call->pinned);
    if (call->work != NULL) napi_delete_async_work(env, call->work);
    free(call);
}

static void complete(napi_env env, napi_status status, void *data)
{
    (void)status;
    struct call *call = data;
    napi_value value;
    if (call->error != NULL) {
        napi_value message;
        napi_create_string_utf8(env, call->error, NAPI_AUTO_LENGTH, &message);
        napi_create_error(env, NULL, message, &value);
        napi_reject_deferred(env, call->deferred, value);
        free_call(env, call);
        return;
    }
    switch (call->operation) {
    case QUERY:
    case DONE:
        value = counted_result(env, call->result);
        break;
    case CONNECT:
    case INSERT:
        napi_create_external(env, call->result, NULL, NULL, &value);
        break;
    case APPEND:
        napi_get_boolean(env, call->result != NULL, &value);
        break;
    default:
        napi_get_undefined(env, &value);
    }
    napi_resolve_deferred(env, call->deferred, value);
    free_call(env, call);
}

/* An array of strings and buffers. */
static bool read_texts(napi_env env, napi_value array, struct texts *texts)
{
    uint32_t count;
    if (napi_get_array_length(env, array, &count) != napi_ok) return false;
    texts->text = calloc(count + 1, sizeof(char *));
    texts->length = calloc(count + 1, sizeof(size_t));
    for (uint32_t i = 0; i < count; i++) {
        napi_value item;
        bool is_buffer = false;
        napi_get_element(env, array, i, &item);
        napi_is_buffer(env, item, &is_buffer);
        size_t length;
        char *text;
        if (is_buffer) {
            void *bytes;
            if (napi_get_buffer_info(env, item, &bytes, &length) != napi_ok) return false;
            text = malloc(length + 1);
            if (length > 0) memcpy(text, bytes, length);
            text[length] = '\0';
        } else {
            if (napi_get_value_string_utf8(env, item, NULL, 0, &length) != napi_ok) return false;
            text = malloc(length + 1);
            napi_get_value_string_utf8(env, item, text, length + 1, &length);
        }
        texts->text[i] = text;
        texts->length[i] = length;
        texts->count = i + 1;
    }
    return true;
}

static bool read_handle(napi_env env, napi_value value, handle *out)
{
    napi_valuetype type;
    return napi_typeof(env, value, &type) == napi_ok && type == napi_external &&
           napi_get_value_external(env, value, out) == napi_ok;
}

static napi_value start(napi_env env, napi_callback_info info)
{
    napi_value arguments[4];
    size_t count = 4;
    void *operation;
    napi_get_cb_info(env, info, &count, arguments, NULL, &operation);
    struct call *call = calloc(1, sizeof(struct call));
    call->operation = (enum operation)(intptr_t)operation;

    bool fits = false;
    switch (call->operation) {
    case CONNECT: /* (arguments) */
        fits = count >= 1 && read_texts(env, arguments[0], &call->words);
        break;
    case CLOSE: /* (connection) */
        fits = count >= 1 && read_handle(env, arguments[0], &call->connection);
        break;
    case QUERY:
    case INSERT: /* (connection, [sql, format], parameter names, parameter values) */
        fits = count >= 4 && read_handle(env, arguments[0], &call->connection) &&
               read_texts(env, arguments[1], &call->words) && read_texts(env, arguments[2], &call->names) &&
               read_texts(env, arguments[3], &call->values) && call->words.count == 2 &&
               call->names.count == call->values.count;
        break;
    case APPEND: /* (insert, buffer) */
        fits = count >= 2 && read_handle(env, arguments[0], &call->subject) &&
               napi_get_buffer_info(env, arguments[1], (void **)&call->data, &call->data_length) == napi_ok &&
               napi_create_reference(env, arguments[1], 1, &call->pinned) == napi_ok;
        break;
    case DONE:
    case CANCEL_INSERT: /* (insert) */
        fits = count >= 1 && read_handle(env, arguments[0], &call->subject);
        break;
    }
    if (!fits) {
        free_call(env, call);
        napi_throw_type_error(env, NULL, "chdb: wrong arguments");
        return NULL;
    }
    napi_value promise, name;
    napi_create_promise(env, &call->deferred, &promise);
    napi_create_string_utf8(env, "chdb", NAPI_AUTO_LENGTH, &name);
    napi_create_async_work(env, NULL, name, execute, complete, call, &call->work);
    napi_queue_async_work(env, call->work);
    return promise;
}

/* After the last connection is closed: ends the engine's threads, so that the process can end. */
static napi_value shut_down(napi_env env, napi_callback_info info)
{
    (void)env;
    (void)info;
    chdb.shutdown();
    return NULL;
}

/* load(path of libchdb.so) */
static napi_value load(napi_env env, napi_callback_info info)
{
    napi_value argument;
    size_t count = 1, length;
    char path[4096];
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    if (count < 1 || napi_get_value_string_utf8(env, argument, path, sizeof path, &length) != napi_ok) {
        napi_throw_type_error(env, NULL, "chdb: load needs a path");
        return NULL;
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        napi_throw_error(env, NULL, dlerror());
        return NULL;
    }
    for (size_t i = 0; i < sizeof SYMBOLS / sizeof *SYMBOLS; i++) {
        void *symbol = dlsym(library, SYMBOLS[i].name);
        if (symbol == NULL) {
            napi_throw_error(env, NULL, dlerror());
            return NULL;
        }
        memcpy(SYMBOLS[i].slot, &symbol, sizeof symbol);
    }
    return NULL;
}

/* A pipe: [end to read, end to write]. The engine writes a result into it by name (INTO OUTFILE), formatted as a whole:
 * chdb's own streaming starts the format anew for every block. */
static napi_value make_pipe(napi_env env, napi_callback_info info)
{
    (void)info;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        napi_throw_error(env, NULL, strerror(errno));
        return NULL;
    }
    napi_value array, end;
    napi_create_array_with_length(env, 2, &array);
    for (uint32_t i = 0; i < 2; i++) {
        napi_create_int32(env, ends[i], &end);
        napi_set_element(env, array, i, end);
    }
    return array;
}

void cityhash128(const uint8_t *at, size_t length, uint8_t result[16]);

/* The mark of a compressed block. */
static napi_value checksum(napi_env env, napi_callback_info info)
{
    napi_value argument, result;
    size_t count = 1, length;
    void *bytes;
    uint8_t hash[16];
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    if (count < 1 || napi_get_buffer_info(env, argument, &bytes, &length) != napi_ok) {
        napi_throw_type_error(env, NULL, "chdb: checksum needs a buffer");
        return NULL;
    }
    cityhash128(bytes, length, hash);
    napi_create_buffer_copy(env, sizeof hash, hash, NULL, &result);
    return result;
}

static void export(napi_env env, napi_value exports, const char *name, napi_callback callback, enum operation operation)
{
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, (void *)(intptr_t)operation, &function);
    napi_set_named_property(env, exports, name, function);
}

NAPI_MODULE_INIT()
{
    export(env, exports, "load", load, 0);
    export(env, exports, "shutdown", shut_down, 0);
    export(env, exports, "pipe", make_pipe, 0);
    export(env, exports, "checksum", checksum, 0);
    export(env, exports, "connect", start, CONNECT);
    export(env, exports, "close", start, CLOSE);
    export(env, exports, "query", start, QUERY);
    export(env, exports, "insert", start, INSERT);
    export(env, exports, "append", start, APPEND);
    export(env, exports, "done", start, DONE);
    export(env, exports, "cancelInsert", start, CANCEL_INSERT);
    return exports;
}
