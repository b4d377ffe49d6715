#include "sts/prog/seccomp.h"

#if STS_SECCOMP

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>

/*
 * A list of what is refused, not of what is let through.  What a healthy daemon
 * calls is up to libraries that are not ours: the C library's name service and
 * its modules, OpenSSL, SQLite, c-ares, libcurl.  A list of that would hold
 * until one of them is updated, and then stop the mail.  What is here no such
 * library needs, and an intruder wants first: other programs, other processes,
 * other privileges, rarely used parts of the kernel.
 *
 * The answer is EPERM, with which code that should call one of these after all
 * can go on, and not the end of the process; it is not silent, either: the
 * kernel logs each (SCMP_FLTATR_CTL_LOG, "type=1326" in its log).
 */
static const int refused[] = {
	/* other programs and processes; threads are clone's, see below */
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise),
	SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(kcmp),
	/* other privileges */
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(setreuid),
	SCMP_SYS(setregid),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresgid),
	SCMP_SYS(setfsuid),
	SCMP_SYS(setfsgid),
	SCMP_SYS(setgroups),
	SCMP_SYS(capset),
	SCMP_SYS(personality),
	/* another view of the file system */
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(open_tree),
	SCMP_SYS(move_mount),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig),
	SCMP_SYS(fsmount),
	SCMP_SYS(fspick),
	SCMP_SYS(name_to_handle_at),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(mknod),
	SCMP_SYS(mknodat),
	SCMP_SYS(fanotify_init),
	SCMP_SYS(quotactl),
	SCMP_SYS(quotactl_fd),
	/* the machine */
	SCMP_SYS(reboot),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(acct),
	SCMP_SYS(syslog),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(clock_adjtime),
	SCMP_SYS(adjtimex),
	SCMP_SYS(sethostname),
	SCMP_SYS(setdomainname),
	SCMP_SYS(vhangup),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(modify_ldt),
	/* parts of the kernel that are often broken into */
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	SCMP_SYS(lookup_dcookie),
	SCMP_SYS(migrate_pages),
	SCMP_SYS(move_pages),
	SCMP_SYS(memfd_secret),
};

/* Adds a rule, unless one failed before: *rc is a negative errno. */
static void
refuse_if(int *rc, scmp_filter_ctx filter, int call, struct scmp_arg_cmp test)
{
	if (*rc == 0)
		*rc = seccomp_rule_add_array(
		    filter, SCMP_ACT_ERRNO(EPERM), call, 1, &test);
}

/* Nothing that was written shall be executed: no library is loaded so. */
static void
refuse_code(int *rc, scmp_filter_ctx filter)
{
	const scmp_datum_t both = PROT_WRITE | PROT_EXEC;

	refuse_if(rc, filter, SCMP_SYS(mmap),
	    SCMP_A2(SCMP_CMP_MASKED_EQ, both, both));
	refuse_if(rc, filter, SCMP_SYS(mprotect),
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
	refuse_if(rc, filter, SCMP_SYS(pkey_mprotect),
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
	refuse_if(rc, filter, SCMP_SYS(shmat),
	    SCMP_A2(SCMP_CMP_MASKED_EQ, SHM_EXEC, SHM_EXEC));
}

/* The Internet's, and what the C library finds its names and addresses by. */
static void
refuse_sockets(int *rc, scmp_filter_ctx filter)
{
	for (unsigned family = 0; family < AF_NETLINK; family++)
		if (family != AF_UNIX && family != AF_INET &&
		    family != AF_INET6)
			refuse_if(rc, filter, SCMP_SYS(socket),
			    SCMP_A0(SCMP_CMP_EQ, family, 0));
	refuse_if(
	    rc, filter, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));
}

/* Threads, and neither processes nor namespaces.  What clone3 is to do stands
 * in memory, where no filter sees it: the C library takes clone where there
 * is no clone3. */
static void
refuse_processes(int *rc, scmp_filter_ctx filter)
{
	if (*rc == 0)
		*rc = seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	refuse_if(rc, filter, SCMP_SYS(clone),
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

/* Words put into a terminal would be the shell's. */
static void
refuse_terminals(int *rc, scmp_filter_ctx filter)
{
	refuse_if(rc, filter, SCMP_SYS(ioctl),
	    SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCSTI));
}

static int
fill(scmp_filter_ctx filter)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(refused) / sizeof(*refused);
	     i++)
		rc = seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	refuse_code(&rc, filter);
	refuse_sockets(&rc, filter);
	refuse_processes(&rc, filter);
	refuse_terminals(&rc, filter);
	/* A call by another architecture's numbers is nobody's mistake. */
	if (rc == 0)
		rc = seccomp_attr_set(
		    filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* Where the kernel cannot log, it can refuse. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	return rc;
}

enum sts_err
sts_seccomp_enter(bool *in_force)
{
	scmp_filter_ctx filter;
	int rc;

	*in_force = false;
	filter = seccomp_init(SCMP_ACT_ALLOW);
	if (filter == NULL) {
		errno = ENOMEM;
		return STS_E_IO;
	}
	rc = fill(filter);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	*in_force = rc == 0;
	if (rc == 0 || rc == -ENOSYS || rc == -EINVAL)
		return STS_OK; /* loaded, or this kernel has no filters */
	errno = -rc;
	return STS_E_IO;
}

#else

enum sts_err
sts_seccomp_enter(bool *in_force)
{
	*in_force = false;
	return STS_OK;
}

#endif
