//! The POSIX mutex and condition variable, as CPython uses them.
//!
//! Not `std::sync`: its mutex spins before it sleeps and its condition variable makes a system call on every signal,
//! even with no waiter; a simulated lock must cost and wait exactly as the real one does, which stands on these.
//! glibc's default mutex does not spin, and its condition variable signals without a system call when nobody waits.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::pin::Pin;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

/// A `pthread_mutex_t` of the normal type; it guards no data of its own.
///
/// What POSIX leaves undefined for a mutex cannot be reached from safe code: locking it twice from one thread
/// deadlocks, and a mutex that is still locked when it is dropped is leaked instead of destroyed.
#[derive(Debug)]
pub struct Mutex {
    // Boxed and pinned: POSIX forbids moving an initialised mutex.
    raw: ManuallyDrop<Pin<Box<UnsafeCell<libc::pthread_mutex_t>>>>,
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
    ///
    /// Of the normal type, of which POSIX says that locking it twice from one thread deadlocks; of the default type it
    /// says nothing. In glibc both are the same and cost the same.
    pub fn new() -> Self {
        let raw = Box::pin(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER));
        let mut attributes = MaybeUninit::<libc::pthread_mutexattr_t>::uninit();
        // SAFETY: `attributes` is initialised by the first call before the others use it, and destroyed once; `raw`
        // is valid memory at its final address, not yet in use.
        let code = unsafe {
            libc::pthread_mutexattr_init(attributes.as_mut_ptr());
            libc::pthread_mutexattr_settype(attributes.as_mut_ptr(), libc::PTHREAD_MUTEX_NORMAL);
            let code = libc::pthread_mutex_init(raw.get(), attributes.as_ptr());
            libc::pthread_mutexattr_destroy(attributes.as_mut_ptr());
            code
        };
        assert_eq!(code, 0, "pthread_mutex_init of a normal mutex cannot fail");
        Self { raw: ManuallyDrop::new(raw) }
    }

    /// Locks it. Locking twice from one thread deadlocks.
    #[inline]
    pub fn lock(&self) -> Guard<'_> {
        // SAFETY: the mutex is initialised and pinned for as long as `self` lives.
        let code = unsafe { libc::pthread_mutex_lock(self.raw.get()) };
        debug_assert_eq!(code, 0, "pthread_mutex_lock of a valid normal mutex cannot fail");
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
        // SAFETY: the mutex is initialised and pinned.
        if unsafe { libc::pthread_mutex_trylock(self.raw.get()) } != 0 {
            // A guard was forgotten. Destroying a locked mutex is undefined, so its memory is never used again.
            return;
        }
        // SAFETY: guards borrow the mutex, so none is alive and no thread waits for one; this thread has just locked
        // it. It is unlocked before it is destroyed, and its memory is freed last and once.
        unsafe {
            libc::pthread_mutex_unlock(self.raw.get());
            libc::pthread_mutex_destroy(self.raw.get());
            ManuallyDrop::drop(&mut self.raw);
        }
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
///
/// It belongs to the first mutex that a thread waits with: waiting with two mutexes at once is undefined in POSIX.
#[derive(Debug)]
pub struct Condvar {
    raw: Pin<Box<UnsafeCell<libc::pthread_cond_t>>>,
    /// Null until the first wait.
    mutex: AtomicPtr<libc::pthread_mutex_t>,
}

// SAFETY: a POSIX condition variable may be used from any thread; all access goes through the pthread functions.
unsafe impl Send for Condvar {}
// SAFETY: as above.
unsafe impl Sync for Condvar {}

impl Condvar {
    /// A new condition variable.
    pub fn new() -> Self {
        let raw = Box::pin(UnsafeCell::new(libc::PTHREAD_COND_INITIALIZER));
        let mut attributes = MaybeUninit::<libc::pthread_condattr_t>::uninit();
        // SAFETY: `attributes` is initialised by the first call before the others use it, and destroyed once; `raw`
        // is valid memory at its final address, not yet in use.
        unsafe {
            libc::pthread_condattr_init(attributes.as_mut_ptr());
            libc::pthread_condattr_setclock(attributes.as_mut_ptr(), libc::CLOCK_MONOTONIC);
            libc::pthread_cond_init(raw.get(), attributes.as_ptr());
            libc::pthread_condattr_destroy(attributes.as_mut_ptr());
        }
        Self { raw, mutex: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Wakes one waiter, if there is one.
    #[inline]
    pub fn signal(&self) {
        // SAFETY: the condition variable is initialised and pinned.
        unsafe { libc::pthread_cond_signal(self.raw.get()) };
    }

    /// Releases the guard's mutex, waits for a signal, locks again. May return without a signal.
    ///
    /// # Panics
    /// If an earlier wait was with another mutex.
    pub fn wait(&self, guard: &mut Guard<'_>) {
        self.belong_to(guard);
        // SAFETY: both objects are initialised and pinned, the guard proves that this thread holds the mutex, and all
        // waiters use the same one.
        unsafe { libc::pthread_cond_wait(self.raw.get(), guard.mutex.raw.get()) };
    }

    /// The same for at most `limit` from now; `true` if the time ran out.
    ///
    /// # Panics
    /// As [`Condvar::wait`].
    pub fn wait_for(&self, guard: &mut Guard<'_>, limit: Duration) -> bool {
        self.belong_to(guard);
        let until = deadline(limit);
        // SAFETY: as in `wait`; `until` is a valid absolute time on this variable's clock.
        let code = unsafe { libc::pthread_cond_timedwait(self.raw.get(), guard.mutex.raw.get(), &raw const until) };
        code == libc::ETIMEDOUT
    }

    /// Checks that every wait is with the same mutex. Its address is enough: a mutex at the same address as an earlier
    /// one exists only after that one has been dropped, which no waiter then borrows.
    #[inline]
    fn belong_to(&self, guard: &Guard<'_>) {
        let mutex = guard.mutex.raw.get();
        let first = self.mutex.compare_exchange(ptr::null_mut(), mutex, Ordering::Relaxed, Ordering::Relaxed);
        assert!(first.is_ok() || first == Err(mutex), "a condition variable was used with two mutexes");
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
    fn a_mutex_dropped_while_locked_is_leaked() {
        let mutex = Mutex::new();
        let raw: *mut libc::pthread_mutex_t = mutex.raw.get();
        std::mem::forget(mutex.lock());
        drop(mutex);
        // SAFETY: the mutex is still locked, so its memory was neither destroyed nor freed.
        assert_eq!(unsafe { libc::pthread_mutex_trylock(raw) }, libc::EBUSY);
    }

    #[test]
    #[should_panic(expected = "two mutexes")]
    fn a_condition_variable_refuses_a_second_mutex() {
        let (one, other, condvar) = (Mutex::new(), Mutex::new(), Condvar::new());
        condvar.wait_for(&mut one.lock(), Duration::from_millis(1));
        condvar.wait_for(&mut other.lock(), Duration::from_millis(1));
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
