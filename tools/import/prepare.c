/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prepare: threads that take one user after the other.  Hashing is all that they do at the same time: the
 * spool and the batch are behind one lock.
 */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checksum.h"
#include "prepare.h"

#define THREADS_MAX 256

struct work {
	pthread_mutex_t lock;		/* of everything below but store and rules */
	struct batch *batch;
	size_t next;			/* item */
	size_t done;
	struct progress *progress;
	enum status status;		/* what ended the work */
	struct fault fault;
	struct store *store;
	const struct merge_rules *rules;
};

/* Followed by the key and the record's value. */
struct packed {
	uint32_t seen;			/* checksum of the record that it was made from; 0: there was none */
	enum outcome outcome;
	bool keeps_older;
	size_t key_len, value_len;
};

/* Never 0. */
static enum status
checksum_record(uint32_t *out, const struct record *r, struct fault *f)
{
	char *value;
	size_t len;
	enum status st = record_format(r, &value, &len, f);

	if (st != ST_OK)
		return st;
	*out = checksum(0, value, len);
	if (*out == 0)
		*out = 1;
	record_free_value(value, len);
	return ST_OK;
}

/* ---- making ---- */

static enum status
keep(struct batch *b, size_t i, const struct merged *m, const struct record *old, struct fault *f)
{
	struct packed p = {.outcome = m->outcome, .keeps_older = m->keeps_older};
	char key[NAME_KEY_MAX], *value;
	enum status st = old != NULL ? checksum_record(&p.seen, old, f) : ST_OK;

	if (st == ST_OK)
		st = record_format(&m->record, &value, &p.value_len, f);
	if (st != ST_OK)
		return st;
	p.key_len = name_key(&m->record.name, key);
	st = spool_append_parts(b->spool, (const struct iovec[]){{&p, sizeof(p)}, {key, p.key_len},
	    {value, p.value_len}}, 3, &b->items[i].prepared, f);
	record_free_value(value, p.value_len);
	return st;
}

void
prepare_name_fault(struct fault *f, enum status st, const struct entry *e)
{
	struct fault why;

	if (f == NULL || (st != ST_BADVALUE && st != ST_TOOBIG))
		return;
	why = *f;

	fault_set(f, why.status, 0, "line %lu: %s@%s: %s", e->line, e->record.name.user, e->record.name.realm,
	    why.text);
}

/* With the lock held, which is given up while the secrets are made. */
static enum status
prepare_item(struct work *w, size_t i, struct fault *f)
{
	struct entry e;
	struct merged m = {0};
	struct record old = {0};
	enum status st = batch_load(w->batch, i, &e, f);
	bool found;

	if (st != ST_OK)
		return st;
	pthread_mutex_unlock(&w->lock);
	st = w->store != NULL ? store_get(w->store, &e.record.name, &old, f) : ST_NOTFOUND;
	found = st == ST_OK;
	if (st == ST_OK || st == ST_NOTFOUND)
		st = merge(&m, &e, found ? &old : NULL, w->rules, f);
	pthread_mutex_lock(&w->lock);
	if (st == ST_OK)
		st = keep(w->batch, i, &m, found ? &old : NULL, f);
	prepare_name_fault(f, st, &e);
	record_clear(&m.record);
	record_clear(&old);
	entry_clear(&e);
	return st;
}

/* The next item with a password, or none: the number of items. */
static size_t
take_item(struct work *w)
{
	while (w->next < w->batch->count && w->batch->items[w->next].prepared != BATCH_PASSWORD)
		w->next++;
	return w->next < w->batch->count ? w->next++ : w->next;
}

static void *
run(void *arg)
{
	struct work *w = arg;
	struct fault f;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		size_t i = w->status == ST_OK ? take_item(w) : w->batch->count;
		enum status st = i < w->batch->count ? prepare_item(w, i, &f) : ST_OK;

		if (st != ST_OK && w->status == ST_OK) {
			w->status = st;
			w->fault = f;
		}
		if (st != ST_OK || i == w->batch->count)
			break;
		progress_show(w->progress, ++w->done);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* That this process may use. */
static size_t
count_cores(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0 ? (size_t)CPU_COUNT(&set) : 1;
}

/* Signals are for the thread that was there before. */
static size_t
start_threads(pthread_t *threads, size_t wanted, struct work *w)
{
	sigset_t all, before;
	size_t started = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	while (started < wanted && pthread_create(&threads[started], NULL, run, w) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

enum status
prepare_batch(struct batch *b, struct store *store, const struct merge_rules *rules, struct progress *progress,
    struct fault *f)
{
	struct work w = {.lock = PTHREAD_MUTEX_INITIALIZER, .batch = b, .progress = progress, .store = store,
	    .rules = rules};
	pthread_t threads[THREADS_MAX];
	size_t others = count_cores() - 1;

	if (others > THREADS_MAX)
		others = THREADS_MAX;
	if (others >= b->passwords)
		others = b->passwords > 0 ? b->passwords - 1 : 0;
	others = start_threads(threads, others, &w);
	run(&w);
	for (size_t i = 0; i < others; i++)
		pthread_join(threads[i], NULL);
	if (w.status != ST_OK && f != NULL)
		*f = w.fault;
	return w.status;
}

/* ---- reading ---- */

enum status
prepared_load(struct merged *out, struct batch *b, size_t i, const struct record *old, struct fault *f)
{
	const char *data;
	uint32_t seen = 0;
	struct packed p;
	size_t len;
	enum status st;

	memset(out, 0, sizeof(*out));
	if (b->items[i].prepared == BATCH_NO_PASSWORD || b->items[i].prepared == BATCH_PASSWORD)
		return ST_NOTFOUND;
	st = old != NULL ? checksum_record(&seen, old, f) : ST_OK;
	if (st == ST_OK)
		st = spool_read(b->spool, b->items[i].prepared, &data, &len, f);
	if (st != ST_OK)
		return st;
	memcpy(&p, data, sizeof(p));
	if (p.seen != seen)
		return ST_NOTFOUND;
	out->outcome = p.outcome;
	out->keeps_older = p.keeps_older;
	data += sizeof(p);
	return record_reread(&out->record, data, p.key_len, data + p.key_len, p.value_len, f);
}
