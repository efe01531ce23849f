using System.Text;
using Slipway.Sandbox;

namespace Slipway.Packages.Tests;

/// <summary>Runs the real programs.</summary>
internal static class Tool
{
    private static readonly Dictionary<string, string> Plain = new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["LANG"] = "C.UTF-8",
        ["HOME"] = "/nonexistent",
    };

    public static ChildResult Try(string program, params string[] arguments) => TryIn(null, [], program, arguments);

    public static ChildResult TryIn(string? directory, (string Key, string Value)[] environment, string program, params string[] arguments)
    {
        var all = new Dictionary<string, string>(Plain);
        foreach (var (key, value) in environment) all[key] = value;
        return ChildProcess.Run(new ChildCommand(program, arguments) { WorkingDirectory = directory, Environment = all, Timeout = TimeSpan.FromMinutes(2), MergeError = true });
    }

    public static string Run(string program, params string[] arguments) => Succeeded(program, arguments, Try(program, arguments));

    public static string RunIn(string? directory, (string Key, string Value)[] environment, string program, params string[] arguments) =>
        Succeeded(program, arguments, TryIn(directory, environment, program, arguments));

    private static string Succeeded(string program, string[] arguments, ChildResult result)
    {
        var text = Encoding.UTF8.GetString(result.Output) + result.ErrorText;
        Assert.True(result.Succeeded, $"{program} {string.Join(' ', arguments)}: {result.Ending}\n{text}");
        return text;
    }

    /// <summary>Changes one byte of the file, wherever it is linked from: the file gets an inode of its own first.</summary>
    public static void Flip(string path, long offset)
    {
        var bytes = File.ReadAllBytes(path);
        var at = offset < 0 ? bytes.Length + offset : offset;
        var before = bytes[at];
        bytes[at] ^= 0x01;
        Assert.NotEqual(before, bytes[at]);
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        Assert.Equal(bytes[at], File.ReadAllBytes(path)[at]);
    }
}
