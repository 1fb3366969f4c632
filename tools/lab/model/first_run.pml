/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hypercall identity register is set while the first vCPU runs:
 * kvm_arm_set_hcid() against kvm_arch_vcpu_run_pid_change(), step by step.
 *
 * After the first run the register must not change, which the guest would see. It
 * holds with what the kernel does, and must not hold without any part of it: see
 * model.sh, which defines one of these at a time.
 *
 *	SET_WITHOUT_LOCK	the register is set without config_lock
 *	RUN_WITHOUT_LOCK	the VM's first run is noted without it
 *	NO_CHECK		the register is set whether the VM has run or not
 *	CHECK_BEFORE_LOCK	whether it has is looked up before the lock is taken
 *	RUN_NOTED_LATE		the first run is noted after the guest was entered
 */

#define WRITERS		2
#define RUNNERS		2
#define TRIES		2

bit config_lock, has_run;
byte hcid;

bit seen;		/* a guest has asked, and was told this: */
byte answer;

inline lock()
{
	atomic { config_lock == 0 -> config_lock = 1 }
}

inline unlock()
{
	config_lock = 0
}

inline note_run()
{
#ifndef RUN_WITHOUT_LOCK
	lock();
#endif
	has_run = 1;
#ifndef RUN_WITHOUT_LOCK
	unlock();
#endif
}

/* KVM_SET_ONE_REG */
active [WRITERS] proctype writer()
{
	byte val, old, i;
	bit ran, late, busy;

	for (i : 1 .. TRIES) {
		select (val : 0 .. 1);
		late = seen;
		busy = 0;
#ifdef CHECK_BEFORE_LOCK
		ran = has_run;
#endif
#ifndef SET_WITHOUT_LOCK
		lock();
#endif
#ifndef CHECK_BEFORE_LOCK
		ran = has_run;
#endif
		old = hcid;
#ifdef NO_CHECK
		ran = 0;
#endif
		if
		:: ran && val != old -> busy = 1
		:: else -> hcid = val
		fi;
#ifndef SET_WITHOUT_LOCK
		unlock();
#endif
		/* Once a guest has asked, the same value is taken, and no other one */
		assert(!late || (busy == (val != answer)))
	}
}

/* KVM_RUN: any vCPU can be the first one */
active [RUNNERS] proctype runner()
{
	byte told, i;

#ifndef RUN_NOTED_LATE
	note_run();
#endif
	/* The guest calls */
	for (i : 1 .. TRIES) {
		atomic {
			told = hcid;
			assert(!seen || told == answer);
			seen = 1;
			answer = told
		}
	}
#ifdef RUN_NOTED_LATE
	note_run();
#endif
}
