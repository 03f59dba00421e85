// SPDX-License-Identifier: MIT
/*
 * usage: unload LIBRARY PLUGIN	a program that loads and unloads them, as PAM and engines do
 *
 * LIBRARY is the shared one, PLUGIN one that is linked with the static one. Threads that drew
 * end after it; the program's own pthread keys stay its own.
 */
#include "tap.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>

enum { N_CYCLES = 1100 };

static pthread_barrier_t gate;
static uint64_t (*draw)(void);

static void *draw_and_wait(void *unused)
{
	draw();
	pthread_barrier_wait(&gate);
	pthread_barrier_wait(&gate); /* it was unloaded */
	return NULL;
}

static void *load(const char *path)
{
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	*(void **)&draw = lib ? dlsym(lib, "vgetrandom_u64") : NULL;
	if (!draw && lib)
		*(void **)&draw = dlsym(lib, "plugin_draw");
	if (!draw)
		printf("# %s\n", dlerror());
	return draw ? lib : NULL;
}

/* A thread that drew ends after its library is gone. */
static void test_thread(const char *path)
{
	void *lib = load(path);
	pthread_t t;

	require(lib != NULL);
	pthread_barrier_init(&gate, NULL, 2);
	pthread_create(&t, NULL, draw_and_wait, NULL);
	pthread_barrier_wait(&gate);
	check(dlclose(lib) == 0);
	pthread_barrier_wait(&gate);
	check(pthread_join(t, NULL) == 0);
}

static void test_keys(const char *path)
{
	unsigned i, loaded = 0;
	pthread_key_t key;

	for (i = 0; i < N_CYCLES; i++) {
		void *lib = load(path);

		if (!lib)
			break;
		loaded += draw() != draw();
		dlclose(lib);
	}
	check_msg(loaded == N_CYCLES, "loaded, drawn and unloaded %u times", loaded);
	check_msg(pthread_key_create(&key, NULL) == 0 && key < 32, "the program's next key");
	pthread_key_delete(key);
}

int main(int argc, char **argv)
{
	void *lib;

	require(argc == 3);
	test_thread(argv[2]);
	test_keys(argv[2]);
	test_thread(argv[1]);
	test_keys(argv[1]);
	lib = dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD);
	check_msg(lib != NULL, "the shared library stays");
	return tap_done();
}
