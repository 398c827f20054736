//! What the command was asked for.

use faults::plan::Way;

/// How to ask.
pub(crate) const USAGE: &str = "\
usage: faults [--seeds N] [--first S] [--class K] [--threads T] [--show N]
       faults --class K --seed S [--shrink]
       faults --mutations [--only WORDS]

  --seeds N    schedules of each class, 1000 if not given
  --first S    the first seed, 0 if not given
  --class K    one class alone, 1 to 22
  --threads T  as many as there are processors if not given
  --show N     so many broken schedules of each class are shown, 3 if not given
  --sdk        the tables are reached through all of the SDK: what takes ten times as long
  --seed S     one schedule alone, with everything that happens in it
  --shrink     the least of it that breaks the same
  --first-broken  stops at the first broken schedule, and prints nothing else
  --mutations  plants known bugs into a copy of the sources, one at a time, and has them caught
  --only WORDS those bugs alone whose name has these words in it";

/// The command's arguments.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) seeds: u64,
    pub(crate) first: u64,
    pub(crate) class: Option<u8>,
    pub(crate) seed: Option<u64>,
    pub(crate) way: Way,
    pub(crate) threads: usize,
    pub(crate) show: usize,
    pub(crate) shrink: bool,
    pub(crate) first_broken: bool,
    pub(crate) mutations: bool,
    pub(crate) only: Option<String>,
}

impl Arguments {
    /// Reads them; the error says which one is wrong.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Arguments {
            seeds: 1000,
            first: 0,
            class: None,
            seed: None,
            way: Way::Straight,
            threads: std::thread::available_parallelism().map_or(1, |threads| threads.get()),
            show: 3,
            shrink: false,
            first_broken: false,
            mutations: false,
            only: None,
        };
        while let Some(name) = words.next() {
            match name.as_str() {
                "--sdk" => arguments.way = Way::Sdk,
                "--shrink" => arguments.shrink = true,
                "--first-broken" => arguments.first_broken = true,
                "--mutations" => arguments.mutations = true,
                "--only" => arguments.only = Some(words.next().ok_or("--only wants words")?),
                _ => arguments.read_number(&name, words.next())?,
            }
        }
        Ok(arguments)
    }

    /// Takes up an argument that has a number.
    fn read_number(&mut self, name: &str, value: Option<String>) -> Result<(), String> {
        let known = ["--seeds", "--first", "--class", "--seed", "--threads", "--show"];
        if !known.contains(&name) {
            return Err(format!("{name} is unknown"));
        }
        let value = value.ok_or_else(|| format!("{name} wants a number"))?;
        let number: u64 = value.parse().map_err(|_| format!("{name} {value} is not a number"))?;
        match name {
            "--seeds" => self.seeds = number,
            "--first" => self.first = number,
            "--seed" => self.seed = Some(number),
            "--threads" => self.threads = (number as usize).clamp(1, 256),
            "--show" => self.show = number as usize,
            _ => match u8::try_from(number) {
                Ok(class @ 1..=22) => self.class = Some(class),
                _ => return Err(format!("there is no class {number}")),
            },
        }
        Ok(())
    }
}
