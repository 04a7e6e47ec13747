//! The POSIX mutex and condition variable, as CPython uses them.
//!
//! Not `std::sync`: its mutex spins before it sleeps and its condition variable makes a system call on every signal,
//! even with no waiter; a simulated lock must cost and wait exactly as the real one does, which stands on these.
//! glibc's default mutex does not spin, and its condition variable signals without a system call when nobody waits.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

/// A `pthread_mutex_t` with default attributes; it guards no data of its own.
#[derive(Debug)]
pub struct Mutex {
    // Boxed and pinned: POSIX forbids moving an initialised mutex.
    raw: Pin<Box<UnsafeCell<libc::pthread_mutex_t>>>,
}

// SAFETY: a POSIX mutex may be locked from any thread; all access goes through the pthread functions.
unsafe impl Send for Mutex {}
// SAFETY: as above.
unsafe impl Sync for Mutex {}

/// Proof that the mutex is held by this thread; unlocks when dropped.
#[derive(Debug)]
pub struct Guard<'a> {
    mutex: &'a Mutex,
    // A POSIX mutex is unlocked by the thread that locked it.
    not_send: PhantomData<*const ()>,
}

impl Mutex {
    /// A new, unlocked mutex.
    pub fn new() -> Self {
        Self { raw: Box::pin(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER)) }
    }

    /// Locks it. Locking twice from one thread deadlocks, as POSIX says of the default kind.
    #[inline]
    pub fn lock(&self) -> Guard<'_> {
        // SAFETY: the mutex is initialised and pinned for as long as `self` lives.
        let code = unsafe { libc::pthread_mutex_lock(self.raw.get()) };
        debug_assert_eq!(code, 0, "pthread_mutex_lock of a valid default mutex cannot fail");
        Guard { mutex: self, not_send: PhantomData }
    }
}

impl Default for Mutex {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Mutex {
    fn drop(&mut self) {
        // SAFETY: no guard can be alive, since guards borrow the mutex; so it is unlocked and unused.
        unsafe { libc::pthread_mutex_destroy(self.raw.get()) };
    }
}

impl Drop for Guard<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this guard exists only while this thread holds the mutex.
        unsafe { libc::pthread_mutex_unlock(self.mutex.raw.get()) };
    }
}

/// A `pthread_cond_t` on `CLOCK_MONOTONIC`.
#[derive(Debug)]
pub struct Condvar {
    raw: Pin<Box<UnsafeCell<libc::pthread_cond_t>>>,
}

// SAFETY: a POSIX condition variable may be used from any thread; all access goes through the pthread functions.
unsafe impl Send for Condvar {}
// SAFETY: as above.
unsafe impl Sync for Condvar {}

impl Condvar {
    /// A new condition variable.
    pub fn new() -> Self {
        let raw = Box::pin(UnsafeCell::new(libc::PTHREAD_COND_INITIALIZER));
        let mut attributes = std::mem::MaybeUninit::<libc::pthread_condattr_t>::uninit();
        // SAFETY: `attributes` is initialised by the first call before the others use it, and destroyed once; `raw`
        // is valid memory at its final address, not yet in use.
        unsafe {
            libc::pthread_condattr_init(attributes.as_mut_ptr());
            libc::pthread_condattr_setclock(attributes.as_mut_ptr(), libc::CLOCK_MONOTONIC);
            libc::pthread_cond_init(raw.get(), attributes.as_ptr());
            libc::pthread_condattr_destroy(attributes.as_mut_ptr());
        }
        Self { raw }
    }

    /// Wakes one waiter, if there is one.
    #[inline]
    pub fn signal(&self) {
        // SAFETY: the condition variable is initialised and pinned.
        unsafe { libc::pthread_cond_signal(self.raw.get()) };
    }

    /// Releases the guard's mutex, waits for a signal, locks again. May return without a signal.
    pub fn wait(&self, guard: &mut Guard<'_>) {
        // SAFETY: both objects are initialised and pinned, and the guard proves that this thread holds the mutex.
        unsafe { libc::pthread_cond_wait(self.raw.get(), guard.mutex.raw.get()) };
    }

    /// The same for at most `limit` from now; `true` if the time ran out.
    pub fn wait_for(&self, guard: &mut Guard<'_>, limit: Duration) -> bool {
        let until = deadline(limit);
        // SAFETY: as in `wait`; `until` is a valid absolute time on this variable's clock.
        let code = unsafe { libc::pthread_cond_timedwait(self.raw.get(), guard.mutex.raw.get(), &raw const until) };
        code == libc::ETIMEDOUT
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Condvar {
    fn drop(&mut self) {
        // SAFETY: waiters borrow the variable, so there are none.
        unsafe { libc::pthread_cond_destroy(self.raw.get()) };
    }
}

fn deadline(limit: Duration) -> libc::timespec {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let nanos = now.tv_nsec + i64::from(limit.subsec_nanos());
    let seconds = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX / 2);
    libc::timespec {
        tv_sec: now.tv_sec.saturating_add(seconds).saturating_add(nanos / 1_000_000_000),
        tv_nsec: nanos % 1_000_000_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_timed_wait_without_a_signal_runs_out() {
        let (mutex, condvar) = (Mutex::new(), Condvar::new());
        let mut guard = mutex.lock();
        // A wake-up without a signal is allowed; a wait that never runs out is not.
        while !condvar.wait_for(&mut guard, Duration::from_millis(5)) {}
    }

    #[test]
    fn a_signal_ends_an_untimed_wait() {
        let (mutex, condvar, flag) = (Mutex::new(), Condvar::new(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut guard = mutex.lock();
                while !flag.load(Ordering::Relaxed) {
                    condvar.wait(&mut guard);
                }
            });
            let guard = mutex.lock();
            flag.store(true, Ordering::Relaxed);
            condvar.signal();
            drop(guard);
        });
    }
}
