/* An HTTP server that needs nothing beside itself: the only file of an image made from scratch.
 * `server [SOCKET]` serves on port 8080, and on a unix socket; `server check` asks it, as a health check. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nOK\n";

static void end(int number) { (void)number; _exit(0); }

static int check(const struct sockaddr_in *address) {
    char got[64] = "";
    struct timeval patience = {.tv_sec = 1};
    int one = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(one, (const struct sockaddr *)address, sizeof *address) != 0) return 1;
    if (write(one, "GET / HTTP/1.0\r\n\r\n", 18) != 18 || read(one, got, sizeof got - 1) < 12) return 1;
    return strncmp(got + 9, "200", 3) != 0;
}

int main(int count, char **words) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
    if (count > 1 && strcmp(words[1], "check") == 0) {
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return check(&address);
    }
    signal(SIGTERM, end);
    signal(SIGPIPE, SIG_IGN);
    if (count > 1) {
        struct sockaddr_un path = {.sun_family = AF_UNIX};
        strncpy(path.sun_path, words[1], sizeof path.sun_path - 1);
        int local = socket(AF_UNIX, SOCK_STREAM, 0);
        if (bind(local, (struct sockaddr *)&path, sizeof path) != 0 || listen(local, 8) != 0) return 2;
    }
    int yes = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server, (struct sockaddr *)&address, sizeof address) != 0 || listen(server, 64) != 0) return 3;
    puts("serving");
    fflush(stdout);
    for (;;) {
        char request[4096];
        struct timeval patience = {.tv_sec = 2};
        int one = accept(server, NULL, NULL);
        if (one < 0) continue;
        setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (read(one, request, sizeof request) > 0 && write(one, answer, sizeof answer - 1) < 0) perror("write");
        shutdown(one, SHUT_WR);
        close(one);
    }
}
