/* What libsolv alone takes: the index from its cache, then every bundle, on as many processes as there are processors.
   yardstick ARCH WORKERS BUNDLES SOLV...   (BUNDLES: one bundle a line, names with blanks between; ORDER set: put each answer in order too) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/repo_solv.h>
#include <solv/solver.h>
#include <solv/transaction.h>

struct shared { int next; long packages; int failed; };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void work(struct shared *shared, const char *arch, char **lines, int count, char **solvs, int nsolvs)
{
    Pool *pool = pool_create();
    pool_setdisttype(pool, DISTTYPE_DEB);
    pool_setarch(pool, arch);
    for (int i = 0; i < nsolvs; i++) {
        FILE *f = fopen(solvs[i], "r");
        if (!f || repo_add_solv(repo_create(pool, solvs[i]), f, 0)) { fprintf(stderr, "%s: %s\n", solvs[i], pool_errstr(pool)); exit(1); }
        fclose(f);
    }
    pool_createwhatprovides(pool);
    for (int at; (at = __sync_fetch_and_add(&shared->next, 1)) < count;) {
        Queue jobs;
        queue_init(&jobs);
        char *line = strdup(lines[at]);
        for (char *name = strtok(line, " \n"); name; name = strtok(NULL, " \n"))
            queue_push2(&jobs, SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES, pool_str2id(pool, name, 1));
        free(line);
        Solver *solver = solver_create(pool);
        solver_set_flag(solver, SOLVER_FLAG_IGNORE_RECOMMENDED, 1);
        if (solver_solve(solver, &jobs)) __sync_fetch_and_add(&shared->failed, 1);
        else {
            Transaction *transaction = solver_create_transaction(solver);
            if (getenv("ORDER")) transaction_order(transaction, 0);
            __sync_fetch_and_add(&shared->packages, transaction->steps.count);
            transaction_free(transaction);
        }
        solver_free(solver);
        queue_free(&jobs);
    }
    pool_free(pool);
}

int main(int argc, char **argv)
{
    if (argc < 5) return 2;
    static char *lines[10000];
    int count = 0, workers = atoi(argv[2]);
    FILE *f = fopen(argv[3], "r");
    size_t size;
    while (f && count < 10000 && (size = 0, lines[count] = NULL, getline(&lines[count], &size, f)) > 0) count++;
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double start = now();
    for (int i = 0; i < workers; i++)
        if (!fork()) { work(shared, argv[1], lines, count, argv + 4, argc - 4); _exit(0); }
    while (wait(NULL) > 0) ;
    printf("%.3f %d %ld %d\n", now() - start, count, shared->packages, shared->failed);
    return 0;
}
