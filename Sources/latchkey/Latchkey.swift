import ArgumentParser

@main
struct Latchkey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latchkey",
    abstract: "Unattended key hand-over for car workshops.",
    discussion: """
      Start the server once; every other command talks to it through a socket in its data directory, as the
      operator. A first evening:

        latchkey serve --data /var/lib/latchkey
        latchkey setup --dealer "Garage" --location "Main street" --zone Europe/Amsterdam --country NL --admin boss
        latchkey locker add --name "Entrance" --compartments 16 --pin-to-drop
        latchkey enroll controller --locker "Entrance" --name "Entrance controller"
        latchkey staff add anna --role mechanic --use-key-locker
        latchkey import appointments.csv
        latchkey pin 4711

      Settings are read from flags, then environment (LATCHKEY_DATA, LATCHKEY_LISTEN_ADDRESS, …), then the file
      named by --config or latchkey.json in the data directory.
      """,
    version: Version.current,
    subcommands: [
      ServeCommand.self, SetupCommand.self, LocationCommand.self, LockerCommand.self, ImportCommand.self,
      EnrollCommand.self,
      StaffCommand.self, ApiKeyCommand.self, PinCommand.self, TimelineCommand.self, CustodyCommand.self,
      VerifyCommand.self, BackupCommand.self, RestoreCommand.self, DemoCommand.self,
    ])
}
