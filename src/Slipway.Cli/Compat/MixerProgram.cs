using System.CommandLine;
using Slipway.Cli.Verbs;
using Slipway.Cli.Verbs.Mix;
using Slipway.Content;

namespace Slipway.Cli.Compat;

/// <summary>The executable called as mixer: by a link of that name, or `slipway compat mixer ...`.</summary>
internal sealed class MixerProgram(IReadOnlyList<string> arguments)
{
    private const string Version = "6.4.1";
    private const string Name = "mixer";
    private static readonly string[] ImagePrograms = ["mksquashfs", "mke2fs"];

    public static MixerProgram? Called(string[] arguments)
    {
        if (Path.GetFileName(CompatProgram.CalledAs()) == Name) return new(arguments);
        var rest = arguments is ["compat", ..] ? arguments[1..] : arguments;
        return rest is [Name, ..] ? new(rest[1..]) : null;
    }

    /// <summary>As the ancestor: whatever went wrong, the exit code is 1.</summary>
    public async Task<int> RunAsync()
    {
        var parsed = Create().Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) Console.Error.WriteLine($"Error: {error.Message}");
            return 1;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }) == 0 ? 0 : 1;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
        catch (Exception error) when (error is SlipwayException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"ERROR: {error.Message}");
            return 1;
        }
    }

    private static RootCommand Create()
    {
        var root = new RootCommand("Mixer is a tool used to compose OS update content and images.");
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        var version = new Option<bool>("--version") { Description = "Show the version and end" };
        var check = new Option<bool>("--check") { Description = "Look whether all that is needed is there, and end" };
        root.Add(version);
        root.Add(check);
        foreach (var option in GlobalOptions.All) root.Add(option);
        MixVerb.Filled(root);
        root.SetAction(parsed =>
        {
            if (parsed.GetValue(version)) Console.WriteLine($"Mixer {Version}");
            else if (parsed.GetValue(check)) return Check();
            else return root.Parse("--help").Invoke();
            return 0;
        });
        Examples.AddTo(root);
        return root;
    }

    // Composing needs no other program; images do.
    private static int Check()
    {
        var found = ImagePrograms.Select(program => (Program: program, IsThere: DoctorVerb.OnPath(program))).ToList();
        foreach (var (program, isThere) in found) Console.WriteLine($"{program}: {(isThere ? "OK" : "not found")}");
        return found.All(one => one.IsThere) ? 0 : 1;
    }
}
