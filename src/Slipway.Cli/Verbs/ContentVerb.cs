using System.CommandLine;
using System.Globalization;
using Slipway.Content;
using Slipway.Sandbox;
using Slipway.Updates;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway content`: make and read update content without a workspace.</summary>
internal static class ContentVerb
{
    private static readonly Option<string> State = new("--state") { Description = "Directory with image/, groups.ini and server.ini; content goes to its www/", HelpName = "DIR", Required = true };
    private static readonly Option<uint> Version = new("--version", "-V") { Description = "Version to make", Required = true };
    private static readonly Option<uint> Previous = new("--previous") { Description = "Version it follows; 0 for none", HelpName = "VERSION" };
    private static readonly Option<uint> Minimum = new("--min-version") { Description = "Every file gets at least this version; 0 keeps what the previous version has", HelpName = "VERSION" };
    private static readonly Option<int> Format = new("--format") { Description = "Format number of the manifests", Required = true };
    private static readonly Option<long?> Timestamp = new("--timestamp") { Description = "Seconds since 1970 [default: $SOURCE_DATE_EPOCH, else now]" };
    private static readonly Option<string?> Bundles = new("--bundles") { Description = "Comma separated [default: those of groups.ini]" };
    private static readonly Option<bool> NoFullfiles = new("--no-fullfiles") { Description = "Leave out the full files" };
    private static readonly Option<bool> NoPacks = new("--no-packs") { Description = "Leave out packs" };
    private static readonly Option<string?> DeltasFrom = new("--deltas-from") { Description = "Versions that devices update from, comma separated", HelpName = "N,..." };
    private static readonly Option<string> Profile = new("--profile") { Description = "default is quick, small is small", DefaultValueFactory = _ => "default" };
    private static readonly Option<string> Clients = new("--clients") { Description = "Use only codecs that these clients were tested to read; today both read the same", DefaultValueFactory = _ => "swupd" };
    private static readonly Option<string?> PackCompression = new("--pack-compression") { Description = "xz for tools that read nothing else, or zstd [default: what is best for each pack]" };
    private static readonly Option<string?> Sign = new("--sign") { Description = "Certificate and key as PEM files [default: nothing is signed]", HelpName = "CERT,KEY" };
    private static readonly Option<string?> SignCommand = new("--sign-command") { Description = "Program that reads content on standard input and writes its detached signature (DER) to standard output; SOURCE_DATE_EPOCH is the time to state", HelpName = "PROGRAM" };
    private static readonly Option<int> Jobs = new("--jobs") { Description = "How much is done at a time; 0: as many as there are processors" };
    private static readonly Option<bool> Explain = new("--explain") { Description = "Say of each thing whether it was made or used again" };

    public static Command Create()
    {
        var content = new Command("content", "Make, inspect and compare update content, without a workspace") { CreateContent() };
        foreach (var command in ContentReadVerbs.All()) content.Add(command);
        return content.WithExamples("slipway content create --state mix --version 10 --format 30", "slipway content verify mix --version 10");
    }

    private static Command CreateContent()
    {
        Profile.AcceptOnlyFromAmong("default", "small");
        Clients.AcceptOnlyFromAmong("swupd", "slipway");
        PackCompression.AcceptOnlyFromAmong("xz", "zstd");
        var command = new Command("create", "Make the content of one version: manifests, fullfiles, packs, deltas")
        {
            State, Version, Previous, Minimum, Format, Timestamp, Bundles, NoFullfiles, NoPacks, DeltasFrom, Profile, Clients, PackCompression, Sign, SignCommand, Jobs, Explain,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Sign) is not null && result.GetValue(SignCommand) is not null) result.AddError("--sign and --sign-command exclude each other.");
        });
        command.SetAction(parsed =>
        {
            Print(new Output(parsed), ContentCreation.Create(OptionsOf(parsed)));
            return ExitCodes.Done;
        });
        return command.WithExamples(
            "slipway content create --state mix --version 10 --format 30 --sign cert.pem,key.pem",
            "slipway content create --state mix --version 20 --previous 10 --format 30 --deltas-from 10 --explain",
            "slipway content create --state mix --version 30 --previous 20 --format 30 --profile small --sign-command /usr/local/bin/sign");
    }

    private static CreateOptions OptionsOf(ParseResult parsed)
    {
        var seconds = parsed.GetValue(Timestamp) ?? SourceDateEpoch();
        return new CreateOptions
        {
            StateDirectory = Path.GetFullPath(parsed.GetValue(State)!),
            Version = parsed.GetValue(Version),
            Previous = parsed.GetValue(Previous),
            MinVersion = parsed.GetValue(Minimum),
            Format = parsed.GetValue(Format),
            Timestamp = seconds,
            Bundles = Split(parsed.GetValue(Bundles)),
            Fullfiles = !parsed.GetValue(NoFullfiles),
            Packs = !parsed.GetValue(NoPacks),
            DeltasFrom = Versions(parsed.GetValue(DeltasFrom)),
            Profile = parsed.GetValue(Profile) == "small" ? ContentProfile.Small : ContentProfile.Default,
            Clients = parsed.GetValue(Clients) == "slipway" ? ContentClients.Slipway : ContentClients.Swupd,
            PackCompression = parsed.GetValue(PackCompression) switch { "xz" => Compression.Xz, "zstd" => Compression.Zstd, _ => null },
            Xz = SevenZip.IsInstalled ? SevenZip.Compress : null,
            Sign = Signer(parsed.GetValue(Sign), parsed.GetValue(SignCommand), seconds),
            Jobs = parsed.GetValue(Jobs),
            Explain = parsed.GetValue(Explain) ? Console.Error.WriteLine : null,
            Warn = line => Console.Error.WriteLine("warning: " + line),
        };
    }

    private static void Print(Output output, CreateReport report) => output.Object(new
    {
        version = report.MoM.Version,
        changedBundles = report.ChangedBundles,
        nodes = report.Nodes,
        contentBytes = report.ContentBytes,
        filesHashed = report.FilesHashed,
        filesRecorded = report.FilesRecorded,
        bundlesComputed = report.BundlesComputed,
        fullfiles = report.Fullfiles,
        zeroPacks = report.ZeroPacks,
        deltas = report.Deltas,
        deltaPacks = report.DeltaPacks,
        manifestDeltas = report.ManifestDeltas,
        seconds = report.Phases.ToDictionary(phase => phase.Phase, phase => Math.Round(phase.Time.TotalSeconds, 3)),
    });

    private static DateTimeOffset Time(long? seconds) => seconds is { } given ? DateTimeOffset.FromUnixTimeSeconds(given) : TimeProvider.System.GetUtcNow();

    private static long? SourceDateEpoch() =>
        long.TryParse(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    private static string[]? Split(string? list) => list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static uint[] Versions(string? list) => (Split(list) ?? []).Select(text =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new SlipwayException("--deltas-from", $"'{text}' is no version", "numbers with commas between them") { Kind = FailureKind.Usage }).ToArray();

    private static Func<ReadOnlyMemory<byte>, byte[]>? Signer(string? files, string? program, long? seconds)
    {
        if (program is not null) return content => ExternalSignature(Path.GetFullPath(program), content, Time(seconds));
        if (files is null) return null;
        var certificate = Certificate(files);
        return content => certificate.Sign(content.Span, Time(seconds));
    }

    private static byte[] ExternalSignature(string program, ReadOnlyMemory<byte> content, DateTimeOffset time)
    {
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin",
            ["HOME"] = Environment.GetEnvironmentVariable("HOME") ?? "/nonexistent",
            ["SOURCE_DATE_EPOCH"] = time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        };
        var signed = ChildProcess.Run(new ChildCommand(program) { Input = content, Environment = environment, MaxOutputBytes = ContentSignature.MaxSignatureBytes, DieWithParent = true })
            .Require($"sign with {program}").Output;
        ContentSignature.RequireFitting(content.Span, signed, program);
        return signed;
    }

    private static SigningCertificate Certificate(string sign)
    {
        return sign.Split(',') is [var certificate, var key]
            ? SigningCertificate.Load(certificate, key)
            : throw new SlipwayException("--sign", $"'{sign}' does not name two files", "--sign CERT,KEY") { Kind = FailureKind.Usage };
    }
}
