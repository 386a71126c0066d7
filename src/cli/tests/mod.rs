//! Tests the command line: its help, and what each command prints about a fixed store at a fixed time.

use std::fmt::Write as _;

use clap::{CommandFactory, Parser};

use super::*;

mod desk;

use desk::Desk;

#[test]
fn the_command_line_passes_the_checks_of_clap() {
    Cli::command().debug_assert();
}

#[test]
fn help_and_version_work_as_commands_too() {
    let typed = |text: &str| -> Vec<String> {
        let arguments = with_options(text.split(' ').map(Into::into));
        arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect()
    };
    assert_eq!(typed("marsad help"), ["marsad", "--help"]);
    assert_eq!(typed("marsad help deliveries list"), ["marsad", "deliveries", "list", "--help"]);
    assert_eq!(typed("marsad version"), ["marsad", "--version"]);
    assert_eq!(typed("marsad match help"), ["marsad", "match", "help"]);
}

#[test]
fn every_command_and_option_has_a_help_text() {
    let mut waiting = vec![Cli::command()];
    while let Some(command) = waiting.pop() {
        assert!(command.get_about().is_some(), "{} has no help text", command.get_name());
        for option in command.get_arguments() {
            assert!(option.get_help().is_some(), "{} {} has no help text", command.get_name(), option.get_id());
        }
        waiting.extend(command.get_subcommands().cloned());
    }
}

/// The help of a command, then that of its subcommands without the global options.
fn help(command: &mut clap::Command, name: &str, out: &mut String) {
    let _ = writeln!(out, "$ {name} --help\n{}", command.render_long_help());
    for subcommand in command.get_subcommands_mut() {
        let name = format!("{name} {}", subcommand.get_name());
        let own = std::mem::take(subcommand).mut_args(|arg| {
            let global = arg.is_global_set();
            arg.hide(global)
        });
        *subcommand = own;
        help(subcommand, &name, out);
    }
}

#[test]
fn the_help_of_every_command() {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut out = String::new();
    help(&mut command, "marsad", &mut out);
    insta::assert_snapshot!(out);
}

#[tokio::test]
async fn the_output_of_every_command_that_reads_the_store() {
    let desk = Desk::open().await;
    let mut out = String::new();
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["sources"],
        &["sources", "--state", "failing"],
        &["sources", "show", "una-ar"],
        &["sources", "show", "oic-news"],
        &["items"],
        &["explain", "item1"],
        &["explain", "item2", "--json"],
        &["explain", "https://una-oic.org/nowhere"],
        &["explain", "gone"],
        &["sources", "accept", "una-ar"],
        &["sources", "discard", "una-ar"],
        &["stories"],
        &["stories", "--json"],
        &["stories", "show", "item2"],
        &["stories", "show", "item1", "--json"],
        &["stories", "show", "gone"],
        &["backtest", "gaza"],
        &["deliveries", "list"],
        &["deliveries", "show", "msg_delivered"],
        &["deliveries", "show", "msg_pending"],
        &["deliveries", "show", "msg_dead"],
        &["deliveries", "show", "msg_del"],
        &["deliveries", "show", "msg_"],
        &["deliveries", "show", "msg_gone"],
        &["deliveries", "retry", "msg_delivered", "msg_dea", "msg_in_flight", "msg_gone"],
        &["deliveries", "retry", "--channel", "desk"],
        &["deliveries", "retry", "--channel", "archive"],
        &["deliveries", "replay", "msg_delivered", "--json"],
        &["deliveries", "replay", "--channel", "archive", "--since", "30d"],
        &["deliveries", "cancel", "--channel", "desk", "--state", "pending"],
        &["deliveries", "resume"],
        &["channel", "resume", "archive"],
        &["channel", "resume", "archive", "--json"],
        &["deliveries", "resume", "--channel", "desk"],
        &["deliveries", "list", "--state", "pending"],
        &["deliveries", "list", "--channel", "archive"],
        &["deliveries", "list", "--channel", "desk", "--state", "delivered"],
    ] {
        let _ = writeln!(out, "$ marsad {}\n{}", arguments.join(" "), desk.run(arguments, None).await);
    }
    insta::assert_snapshot!(out);
}

const MAIL: &str = "[[channel]]\nid = \"press\"\nemail = [\"anna@example.org\", \"omar@example.org\"]\n\
    [smtp]\nurl = \"smtp://127.0.0.1\"\nfrom = \"marsad@example.org\"\n";

/// The relay refuses the second recipient: one mail has failed, the next one waits.
const REFUSED: &str = "
    insert into delivery (number, id, alert, channel_id, recipient, seq, state, attempts, made_at, next_attempt_at, settled_at, body) values
      (6, 'msg_refused', 1, 'press', 'omar@example.org', 1, 'dead', 1, 1800007200000000, null, 1800007200000000, x'7b7d'),
      (7, 'msg_waits', 2, 'press', 'omar@example.org', 2, 'pending', 0, 1800010800000000, 1800612000000000, null, x'7b7d');
    insert into refused_recipient (channel_id, recipient, since, until, reason) values ('press', 'omar@example.org',
      1800007200000000, 1800612000000000, '{\"class\":\"smtp\",\"status\":550,\"message\":\"550\",\"answer\":\"\",\"scope\":\"recipient\"}');
    update alert set item = 2 where number = 2;";

/// A mail that was sent at once is refused; no other waits.
const REFUSED_AGAIN: &str = "
    insert into refused_recipient (channel_id, recipient, since, until, reason) values ('press', 'omar@example.org',
      1800007200000000, 1800612000000000, '{\"class\":\"smtp\",\"status\":550,\"message\":\"550\",\"answer\":\"\",\"scope\":\"recipient\"}')";

const PAUSED: &str = "insert into meta (key, value) values ('deliveries_paused', 'the database was restored');
    update delivery set state = 'dead', next_attempt_at = null where number = 3";

#[tokio::test]
async fn the_output_while_deliveries_wait_for_an_operator() {
    let desk = Desk::open().await;
    desk.configure(MAIL);
    desk.sql(REFUSED).await;
    let mut out = String::new();
    for (sql, arguments) in [
        (None, &["deliveries", "show", "msg_waits"][..]),
        (None, &["explain", "item2"]),
        (None, &["deliveries", "resume", "--channel", "press"]),
        (None, &["channel", "resume", "press"]),
        (None, &["deliveries", "show", "msg_waits"]),
        (Some(REFUSED_AGAIN), &["channel", "resume", "press"]),
        (Some(PAUSED), &["deliveries", "show", "msg_waits"]),
        (None, &["explain", "item2"]),
        (None, &["deliveries", "retry", "msg_waits"]),
        (None, &["deliveries", "retry", "--channel", "press"]),
        (None, &["channel", "resume", "archive"]),
        (None, &["deliveries", "resume"]),
    ] {
        if let Some(sql) = sql {
            desk.sql(sql).await;
        }
        let _ = writeln!(out, "$ marsad {}\n{}", arguments.join(" "), desk.run(arguments, None).await);
    }
    insta::assert_snapshot!(out);
}

#[tokio::test]
async fn the_output_on_a_terminal() {
    let desk = Desk::open().await;
    let mut out = String::new();
    for arguments in [
        &["sources"][..],
        &["items"],
        &["stories"],
        &["stories", "show", "item2"],
        &["backtest", "gaza"],
        &["deliveries", "list"],
    ] {
        for columns in [80, 110] {
            let shown = desk.run(arguments, Some(columns)).await;
            let _ = writeln!(out, "$ COLUMNS={columns} marsad {}\n{shown}", arguments.join(" "));
        }
    }
    insta::assert_snapshot!(out);
}

#[tokio::test]
async fn the_output_of_every_command_that_reads_the_configuration() {
    let desk = Desk::open().await;
    let mut out = String::new();
    for arguments in [
        &["check"][..],
        &["match", "وصلت القافلة لغزة اليوم"],
        &["match", "--watch", "gaza", "The council meets\nNothing of it here."],
        &["match", "--watch", "gaza", "--json", "Gaza Strip"],
        &["match", "--query", "(OIC OR غزة) NOT title:sport", "OIC summit opens"],
        &["match", "--query", "\"Islamic Cooperation\"", "Cooperation between Islamic states"],
        &["match", "--query", "Gaza AND source:una-ar", "Gaza Strip"],
    ] {
        let _ = writeln!(out, "$ marsad {}\n{}", arguments.join(" "), desk.run(arguments, None).await);
    }
    insta::assert_snapshot!(out);
}

#[tokio::test]
async fn the_output_of_a_visit() {
    let desk = Desk::open().await;
    let mut out = String::new();
    for arguments in [&["visit", "loopback"][..], &["visit", "loopback", "--json"], &["visit", "silent"]] {
        let _ = writeln!(out, "$ marsad {}\n{}", arguments.join(" "), desk.run(arguments, None).await);
    }
    insta::assert_snapshot!(out);
}
