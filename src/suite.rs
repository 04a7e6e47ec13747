//! The catalogues as one value: what can be measured, and how much of it by default.

use crate::error::{Error, Result};
use crate::kernel::{self, Bound, Kernel};
use crate::model::{self, Model};
use crate::run::Profile;
use crate::worker::Role;

/// Kernels and models to measure. Give the same suite to the program and to its workers: they find kernels by name.
#[derive(Clone)]
pub struct Suite {
    kernels: Vec<&'static dyn Kernel>,
    models: Vec<&'static dyn Model>,
    own: Vec<&'static str>,
    roles: Vec<Role>,
    profile: Profile,
    commit: String,
}

impl Suite {
    /// Everything that comes with gilbench, at the quick profile.
    pub fn standard() -> Self {
        Self {
            kernels: kernel::ALL.to_vec(),
            models: model::ALL.to_vec(),
            own: vec![],
            roles: vec![],
            profile: Profile::Quick,
            commit: String::new(),
        }
    }

    /// No kernels, all models: for measuring kernels of one's own alone.
    pub fn empty() -> Self {
        Self { kernels: vec![], ..Self::standard() }
    }

    /// Adds a kernel. Kernels added this way are part of every profile.
    ///
    /// # Panics
    /// If there is a kernel of that name already, or the name is not lower case, digits and hyphens.
    #[must_use]
    pub fn kernel(mut self, kernel: &'static dyn Kernel) -> Self {
        check_name("kernel", kernel.name(), self.kernels.iter().map(|other| other.name()));
        self.kernels.push(kernel);
        self.own.push(kernel.name());
        self
    }

    /// Adds a kernel made of a closure from the number of a step to its checksum; see [`kernel::from_fn`].
    ///
    /// # Panics
    /// As [`Suite::kernel`].
    #[must_use]
    pub fn kernel_fn<F>(self, name: &'static str, bound: Bound, step: F) -> Self
    where
        F: Fn(u64) -> u64 + Clone + Send + Sync + 'static,
    {
        // A suite lives as long as its program, so its few kernels may as well.
        self.kernel(Box::leak(Box::new(kernel::from_fn(name, bound, step))))
    }

    /// Adds a model.
    ///
    /// # Panics
    /// If there is a model of that name already, or the name is not lower case, digits and hyphens.
    #[must_use]
    pub fn model(mut self, model: &'static dyn Model) -> Self {
        check_name("model", model.name(), self.models.iter().map(|other| other.name()));
        self.models.push(model);
        self
    }

    /// Adds a role in which this program can be started again, with queues in its hands: see
    /// [`queue::start`](crate::queue::start).
    ///
    /// # Panics
    /// If there is a role of that name already, or the name is not lower case, digits and hyphens.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        check_name("role", role.name, self.roles.iter().map(|other| other.name));
        self.roles.push(role);
        self
    }

    /// Sets the profile that is run when the command line names none.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Says what revision the program is of: what its runs record, and the history names. Without it, or if it is empty, the
    /// revision is not known; gilbench's own would be that of another program.
    ///
    /// A build script can find it out: `println!("cargo::rustc-env=COMMIT={commit}")` there, and here
    /// `.commit(env!("COMMIT"))`.
    #[must_use]
    pub fn commit(mut self, commit: &str) -> Self {
        commit.clone_into(&mut self.commit);
        self
    }

    /// The revision of the program; empty if it is not known.
    pub fn own_commit(&self) -> &str {
        &self.commit
    }

    /// Its kernels.
    pub fn kernels(&self) -> &[&'static dyn Kernel] {
        &self.kernels
    }

    /// Its roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Its models.
    pub fn models(&self) -> &[&'static dyn Model] {
        &self.models
    }

    /// The profile run by default.
    pub fn default_profile(&self) -> Profile {
        self.profile
    }

    /// Whether the kernel was added to what comes with gilbench.
    pub fn is_own(&self, kernel: &str) -> bool {
        self.own.contains(&kernel)
    }

    /// The kernel of that name.
    ///
    /// # Errors
    /// If there is none.
    pub fn find_kernel(&self, name: &str) -> Result<&'static dyn Kernel> {
        self.kernels.iter().copied().find(|kernel| kernel.name() == name).ok_or_else(|| {
            let names: Vec<_> = self.kernels.iter().map(|kernel| kernel.name()).collect();
            Error::request(format!("there is no kernel `{name}`; there are {}", names.join(", ")))
        })
    }

    /// The model of that name.
    ///
    /// # Errors
    /// If there is none.
    pub fn find_model(&self, name: &str) -> Result<&'static dyn Model> {
        self.models.iter().copied().find(|model| model.name() == name).ok_or_else(|| {
            let names: Vec<_> = self.models.iter().map(|model| model.name()).collect();
            Error::request(format!("there is no model `{name}`; there are {}", names.join(", ")))
        })
    }
}

impl std::fmt::Debug for Suite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kernels: Vec<_> = self.kernels.iter().map(|kernel| kernel.name()).collect();
        let models: Vec<_> = self.models.iter().map(|model| model.name()).collect();
        f.debug_struct("Suite").field("kernels", &kernels).field("models", &models).finish_non_exhaustive()
    }
}

fn check_name<'a>(what: &str, name: &str, mut others: impl Iterator<Item = &'a str>) {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!(
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain),
        "`{name}` is no name for a {what}: use lower case letters, digits and hyphens, beginning with a letter"
    );
    assert!(others.all(|other| other != name), "there is a {what} `{name}` already; choose another name");
}
