using System.CommandLine;
using System.Runtime.InteropServices;
using Slipway.Content;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway doctor`: what is missing on this machine, and the command that mends it.</summary>
internal static class DoctorVerb
{
    private static readonly (string Program, string Package)[] Programs =
    [
        ("git", "git"), ("gpg", "gnupg"), ("bwrap", "bubblewrap"), ("newuidmap", "uidmap"), ("unshare", "util-linux"), ("setpriv", "util-linux"), ("prlimit", "util-linux"), ("mount", "mount"),
        ("apt-get", "apt"), ("dpkg-deb", "dpkg"),
    ];

    private static readonly (string Library, string Package)[] Libraries =
    [
        ("libsolv.so.1", "libsolv1"), ("libsolvext.so.1", "libsolvext1"), ("libzstd.so.1", "libzstd1"), ("liblzma.so.5", "liblzma5"),
        ("libbz2.so.1.0", "libbz2-1.0"), ("libsqlite3.so.0", "libsqlite3-0"), ("libseccomp.so.2", "libseccomp2"),
    ];

    private static readonly string[] SearchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    public static Command Create()
    {
        var command = new Command("doctor", "Say what is missing on this machine, and the command that mends it");
        command.SetAction(async (parsed, cancellation) =>
        {
            List<Finding> findings = [.. Examine(), .. await CertificatesAsync(parsed, cancellation)];
            var output = new Output(parsed);
            if (!output.Json)
                foreach (var finding in findings)
                    Console.WriteLine($"{(finding.Good ? "ok     " : finding.Needed ? "missing" : "note   ")}  {finding.What}{(finding.Good ? "" : $"  Try: {finding.Remedy}")}");
            var missing = findings.Count(f => f is { Good: false, Needed: true });
            output.Done(missing == 0 ? "This machine has what Slipway needs." : $"{missing} missing.", new { missing, findings });
            return missing == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static IEnumerable<Finding> Examine()
    {
        foreach (var (program, package) in Programs) yield return new Finding($"program {program}", OnPath(program), $"apt-get install {package}");
        yield return new Finding("program 7zz: long xz streams in two thirds of the time of liblzma, which else makes them", OnPath("7zz"), "apt-get install 7zip") { Needed = false };
        foreach (var (library, package) in Libraries) yield return new Finding($"library {library}", Loads(library), $"apt-get install {package}");
        if (SandboxAccount.Find() is { } account)
        {
            var why = SandboxTrial.WhyNot(account);
            yield return new Finding("isolation of builds (user namespaces, overlay file system, bubblewrap)" + (why is null ? "" : $": {why}"), why is null,
                "sysctl user.max_user_namespaces=65536 kernel.unprivileged_userns_clone=1; in a container, allow mounts and user namespaces");
        }
        yield return new Finding("limits of builds by control groups", BuildSandbox.LimitsAreEnforced() || !Environment.IsPrivilegedProcess,
            "mount a control group hierarchy with the memory and pids controllers, writable for root");
        yield return new Finding(
            $"account {SandboxAccount.ServiceAccount} with subordinate ids", SandboxAccount.Find() is not null,
            $"useradd --system --user-group --shell /usr/sbin/nologin {SandboxAccount.ServiceAccount}; usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {SandboxAccount.ServiceAccount}");
    }

    // A machine without a service has no certificates to look at.
    private static async Task<IReadOnlyList<Finding>> CertificatesAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (!File.Exists(new DataDirectory(GlobalOptions.DataDirectory(parsed)).Socket)) return [];
        try
        {
            using var service = new ServiceClient(parsed);
            var rows = (await service.GetAsync("api/v1/certificates", cancellation)).AsArray();
            return [.. rows.Where(row => row?["advice"] is not null).Select(row => new Finding((string)row!["advice"]!, false, "slipway keys list --certificates") { Needed = (DateTimeOffset)row["until"]! <= TimeProvider.System.GetUtcNow() })];
        }
        catch (SlipwayException unreachable)
        {
            return [new Finding($"ends of certificates: {unreachable.Message}", false, "slipway serve") { Needed = false }];
        }
    }

    internal static bool OnPath(string program) => SearchPath.Any(directory => File.Exists(Path.Combine(directory, program)));

    private static bool Loads(string library)
    {
        if (!NativeLibrary.TryLoad(library, out var handle)) return false;
        NativeLibrary.Free(handle);
        return true;
    }

    private sealed record Finding(string What, bool Good, string Remedy)
    {
        /// <summary>False: something else stands in for it.</summary>
        public bool Needed { get; init; } = true;
    }
}
